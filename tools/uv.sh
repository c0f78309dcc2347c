# Sourced: sets UV to a working uv, found on the PATH or installed by pip into .uv, a folder of the project's own.
PYTHON=${PYTHON:-python3}
if command -v uv >/dev/null 2>&1; then
    UV=uv
else
    UV=.uv/bin/uv
    if [ ! -x "$UV" ]; then
        command -v "$PYTHON" >/dev/null 2>&1 || {
            echo "No $PYTHON on this machine. Install Python 3.9 or newer, or name one: make PYTHON=/path/to/python" >&2
            exit 1
        }
        if ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
            # Debian's python3 comes without pip: a venv, where that works, has one.
            "$PYTHON" -m venv .uv/pip >/dev/null 2>&1 || {
                echo "$PYTHON has no pip. Install it (Debian: apt-get install python3-pip), or install uv, and run again." >&2
                exit 1
            }
            PYTHON=.uv/pip/bin/python
        fi
        echo "Getting uv" >&2
        "$PYTHON" -m pip install --quiet --disable-pip-version-check --no-warn-script-location --target .uv --upgrade uv || exit 1
    fi
fi
