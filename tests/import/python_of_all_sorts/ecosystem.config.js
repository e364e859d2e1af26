module.exports = {
  apps: [
    { name: "by-ending", script: "main.py" },
    { name: "by-interpreter", script: "app.py", interpreter: "python3", args: "--verbose" },
    { name: "of-a-venv", script: ".venv/bin/python", args: "-m api.main --reload", interpreter: "none" },
    { name: "uvicorn", script: "venv/bin/uvicorn", args: "main:app --host 0.0.0.0 --port 8000", interpreter: "none" },
    { name: "venv-interpreter", script: "worker.py", interpreter: "./venv/bin/python" },
    { name: "with-uv", script: "uv", args: "run python -m jobs" },
    { name: "with-poetry", script: "poetry", args: "run celery -A app worker", interpreter: "none" },
    { name: "gunicorn", script: "gunicorn", args: "wsgi:app -b :8001" },
    { name: "system", script: "python3", args: "-m http.server 9000", interpreter: "none" },
    { name: "pipenv", script: "pipenv", args: "run python -m bot" },
  ],
};
