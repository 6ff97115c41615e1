#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# anemone classify, embed and generate from the command line; usage: text.sh ANEMONE SOURCE
set -euo pipefail
anemone=$1 source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "text.sh: $1" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "got '$1', expected '$2'"; }
# The call fails with exit code 2 and one line that holds the text.
refuses() {
  local text=$1 code=0
  shift
  "$anemone" "$@" >out 2>err || code=$?
  expect "$code" 2
  expect "$(($(wc -l <err)))" 1
  grep -qF -- "$text" err || fail "$(cat err): does not say '$text'"
}

# Generation: the stored continuation; the same seed gives the same text; one JSON line for each prompt.
"$anemone" convert "$source/models/tiny-shakespeare" -o gpt.mlpackage --precision fp32 --sequence-length 32 --quiet
expect "$("$anemone" generate gpt.mlpackage "To be, or not to be" --max-new-tokens 4 --quiet)" " a born."
sampled() { "$anemone" generate gpt.mlpackage "ROMEO:" --temperature 0.9 --top-p 0.9 --seed "$1" --max-new-tokens 8 --quiet; }
expect "$(sampled 5)" "$(sampled 5)"
[ "$(sampled 5)" != "$(sampled 6)" ] || fail "the seed has no effect"
printf '{"prompt": "ROMEO:\\n"}\n\n"JULIET:\\n"\n' >prompts.jsonl
"$anemone" generate gpt.mlpackage --file prompts.jsonl --max-new-tokens 3 >lines
expect "$(($(wc -l <lines)))" 2
expect "$(head -1 lines)" \
  '{"prompt":"ROMEO:\n","text":"I'"'"'ll tell","prompt_ids":[813,25,198],"ids":[40,457,731],"finish_reason":"length"}'
refuses "--top-p: 2" generate gpt.mlpackage a --top-p 2
refuses "either prompts or --file" generate gpt.mlpackage
refuses "has no sentence_embedding" embed gpt.mlpackage a

# Classification: a text, a file, a pair.
"$anemone" convert "$source/models/tiny-sentiment" -o sentiment.mlpackage --precision fp32 --sequence-length 32 --quiet
printf 'a wonderful film\tPOSITIVE\na dull, stupid mess\t0\r\n' >labelled
expect "$("$anemone" classify sentiment.mlpackage --file labelled --labelled | tail -1)" "accuracy 1.0000 (2/2)"
printf '{"text": "a film", "pair": "a mess"}\n' >pairs.jsonl
of_file=$("$anemone" classify sentiment.mlpackage --file pairs.jsonl --json | grep -o '"logits":[^]]*')
of_flag=$("$anemone" classify sentiment.mlpackage "a film" --pair "a mess" --json | tr -d ' \n' | grep -o '"logits":[^]]*')
of_one=$("$anemone" classify sentiment.mlpackage "a film" --json | tr -d ' \n' | grep -o '"logits":[^]]*')
expect "$of_flag" "$of_file"
[ "$of_one" != "$of_file" ] || fail "the pair has no effect"
refuses "nowhere" classify sentiment.mlpackage a --tokenizer nowhere
printf 'no label\n' >unlabelled
refuses "unlabelled: line 1" classify sentiment.mlpackage --file unlabelled --labelled

# Embedding: vectors in a file, and the lines in the order of their likeness.
cp -r "$source/tests/data/checkpoints/sentence_all_modes_dense/ckpt" sentences
for word in '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' a b c d e f g h; do echo "$word"; done >sentences/vocab.txt
"$anemone" convert sentences -o sentences.mlpackage --quiet
printf 'a b c\nd e\nf g h\n' >texts
"$anemone" embed sentences.mlpackage --file texts -o vectors.npy --quiet
expect "$(($(wc -c <vectors.npy)))" $((128 + 3 * 10 * 4))
expect "$("$anemone" embed sentences.mlpackage --query "d e" --file texts --top 1 --quiet)" "$(printf '1.0000\td e')"
expect "$("$anemone" embed sentences.mlpackage --file - <texts | wc -l | tr -d " ")" 3
refuses "expected texts, --text or --file" embed sentences.mlpackage
refuses "--prompt-name: query: the model has no prompts" embed sentences.mlpackage a --prompt-name query

# Flags of convert that make no difference to the plain form are checked, and said to make none.
"$anemone" convert sentences -o noted.mlpackage --form plain --target m1 --compute-units ALL --disable-pass noop_elimination 2>notes >out
expect "$(grep -c '^note: ' notes)" 3
refuses "--target: there is no quantum" convert sentences -o x.mlpackage --target quantum
refuses "--compute-units: GPU" convert sentences -o x.mlpackage --compute-units GPU
refuses "--image-size" convert sentences -o x.mlpackage --image-size 8
refuses "--outputs: token_embeddings is given twice" convert sentences -o x.mlpackage \
  --outputs token_embeddings,token_embeddings
refuses "no pass foo" convert sentences -o x.mlpackage --disable-pass foo
