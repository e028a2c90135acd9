# Sourced by the other scripts: enters the checkout and its virtualenv, made anew when pins change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
pins=$(cat constraints.txt requirements*.txt ./*/requirements.txt pyproject.toml | sha256sum)
if [ "$(cat .venv/pins 2>/dev/null)" != "$pins" ]; then
  echo "scripts: installing Python packages into .venv" >&2
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
  echo "$pins" > .venv/pins
fi
PATH="$PWD/.venv/bin:$PATH"
# Hundreds of modules are compiled once, not at each start of an interpreter.
unset PYTHONDONTWRITEBYTECODE
