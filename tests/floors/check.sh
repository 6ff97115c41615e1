#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# House rules that a compiler does not know; usage: check.sh ROOT. One line for each fault, exit code 1 if any.
#   floors   a file of src/ includes its own folder and lower floors, and nothing else of ours
#   SPDX     every source file names its licence in its first line
#   length   no source file has more than 600 lines; those above 400 are listed
#   words    nothing names a path of the machine it was written on
set -euo pipefail
cd "${1:?usage: check.sh ROOT}"

# One line for each floor, lowest first: folders on one line do not see each other.
floors='base
formats tokenizers kernels
ir
ops targets devices
import passes compress
placement export runtime
tune generate diffuse report serve
api cli'

# Files under the folders that exist, without test data and fixtures: list CONDITION FOLDER…
list() {
  local condition=$1 folder
  shift
  for folder in "$@"; do
    if [ -d "$folder" ]; then eval "find $folder -type f \( $condition \) -not -path 'tests/data/*' -not -path '*/fixtures/*'"; fi
  done | LC_ALL=C sort
}
sources=$(list "-name '*.cpp' -o -name '*.h' -o -name '*.proto'" src include tests bench)
prose=$(list "-size +0" docs script cmake .ci
  list "-name '*.txt' -o -name '*.sh' -o -name '*.py' -o -name '*.cmake' -o -name '*.md'" tests
  find . -maxdepth 1 -name '*.md')
[ -n "$sources" ] || { echo "no source files under $1"; exit 1; }

check() {
  awk -v floors="$floors" '
    function fault(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; faults = 1 }
    function folder_of(path) { return substr(path, 1, index(path, "/") - 1) }
    function end_of_file() {
      if (lines > 600) { printf "%s: %d lines, the limit is 600\n", name, lines; faults = 1 }
      else if (lines > 400) printf "note: %s: %d lines, more than 400\n", name, lines
    }
    BEGIN {
      count = split(floors, line, "\n")
      for (i = 1; i <= count; ++i) { n = split(line[i], names, " "); for (k = 1; k <= n; ++k) floor[names[k]] = i }
      machine_path = "/wo" "rk/|/tmp/ba" "sh"  # in two halves, or this line would be found
    }
    FNR == 1 {
      end_of_file()
      name = FILENAME
      is_source = name ~ /\.(cpp|h|proto)$/
      in_src = name ~ /^src\//
      is_public = name ~ /^include\//
      own = in_src ? folder_of(substr(name, 5)) : ""
      if (is_source && $0 !~ /SPDX-License-Identifier: [A-Za-z]/) fault("the first line is not an SPDX-License-Identifier")
      if (in_src && !(own in floor)) fault("src/" own " is on no floor; tests/floors/check.sh lists them")
    }
    { lines = is_source ? FNR : 0 }
    $0 ~ machine_path { fault("names a path of one machine") }
    (in_src || is_public) && /^[ \t]*#[ \t]*include[ \t]*["<]/ {
      quoted = $0 ~ /include[ \t]*"/
      path = $0
      sub(/^[^"<]*["<]/, "", path)
      sub(/[">].*$/, "", path)
      target = folder_of(path)
      if (quoted && target == "") fault("\"" path "\" is not written from src/")
      else if (target == "anemone") next
      else if (!(target in floor)) { if (quoted) fault("\"" path "\" is in no folder of src/") }
      else if (is_public) fault("a public header includes " path " of src/")
      else if (target != own && floor[target] > floor[own]) fault(own " includes " path " of a higher floor")
      else if (target != own && floor[target] == floor[own]) fault(own " includes its sibling " path)
    }
    END { end_of_file(); exit faults }' "$@"
}
files=()
while IFS= read -r file; do files+=("$file"); done <<<"$sources${prose:+
$prose}"
check "${files[@]}"
