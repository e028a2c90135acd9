"""What a stack is told, and where its objects go."""
