"""How fast pvc-plumber answers, beside a Go server and uvicorn."""
