#!/bin/sh
# Renews constraints.txt from pyproject.toml: names and versions only, of every extra and of the development tools.
set -eu
. tools/uv.sh
"$UV" pip compile pyproject.toml --quiet --upgrade --all-extras --group dev --python-version 3.11 \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links --output-file constraints.txt
echo "constraints.txt: $(wc -l <constraints.txt) packages"
