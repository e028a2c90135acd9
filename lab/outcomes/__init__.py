"""What people see while each part is broken: the table, and the run that proves it."""
