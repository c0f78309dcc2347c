#!/bin/sh
# Makes the virtual environment: Python 3.11, the exact versions of constraints.txt, Seedbed itself as an editable install.
# Usage: tools/setup.sh VENV, from the repository's root. Safe to run again.
set -eu
venv=$1
. tools/uv.sh

if [ ! -x "$venv/bin/python" ]; then
    echo "Making $venv with Python 3.11" >&2
    "$UV" venv --quiet --python 3.11 "$venv"
fi
echo "Installing packages (the first time this fetches a few GB: torch)" >&2
# Compiled now, not at first use: where PYTHONDONTWRITEBYTECODE is set, every start would compile everything anew.
"$UV" pip install --quiet --compile-bytecode --python "$venv/bin/python" --constraint constraints.txt --group dev --editable '.[all]'
"$venv/bin/python" -m compileall -q rules generators scenes training src/seedbed
