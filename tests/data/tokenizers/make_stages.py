#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes stages.jsonl: what the reference makes of small pipelines, one stage at a time.

    python make_stages.py > stages.jsonl          (tokenizers 0.23.3)

The vocabulary (first line) holds every character used, alone and as a continuation, so the ids show where words begin.
"""
import json
from tokenizers import Tokenizer

TEXTS = ['', ' ', 'ab', 'a b', '  a  b ', 'Ab cD', 'a.b!', 'a..b', 'x12y3', '1 22 333', "don't", 'caf\u00e9', 'cafe\u0301', '\ufb01x', '\u212b',
         'a\u0304\u0323', 'a\u3000b', 'a\u00a0b', 'a\u200db', '\u24b6b', 'a_b-c', '\u4e2da', '\u0130a', '\u00bdx', 'a\tb\nc', '\uac00', '\u1100\u1161', '\x01a\ufffdb',
         'a<x>b', 'a <x> b', 'a<y>b', 'a <y> b', ' <z> <z> ', 'a<w>b <w> c', 'A<N>b', 'a<n>b', '<xx><x>', 'e<m>e', 'e  <m>  e', '\u00e9<m>', 'ee', 'e\u00e9 ee', 'E\u00c9<m>eee e\u00c9']
EXTRA = '<>xyzwnmNAD,?!._-\'"#%\u2581 '


def added(content, i, **kw):
    return dict(dict(id=i, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True), **kw)


ADDED = [added('<x>', 5000), added('<xx>', 5001), added('<y>', 5002, lstrip=True, rstrip=True), added('<z>', 5003, lstrip=True),
         added('<w>', 5004, single_word=True), added('<N>', 5005, normalized=True, special=False), added('<m>', 5006, rstrip=True, normalized=True),
         added('e\u00c9', 5007, single_word=True, normalized=True, special=False)]
SP = lambda t, k: {'SpecialToken': {'id': t, 'type_id': k}}
SEQ = lambda t, k: {'Sequence': {'id': t, 'type_id': k}}
TEMPLATE = {'type': 'TemplateProcessing', 'single': [SP('<x>', 0), SEQ('A', 0), SP('<y>', 0)],
            'pair': [SP('<x>', 0), SEQ('A', 0), SP('<y>', 0), SEQ('B', 1), SP('<y>', 1)],
            'special_tokens': {'<x>': {'id': '<x>', 'ids': [5000], 'tokens': ['<x>']}, '<y>': {'id': '<y>', 'ids': [5002, 5003], 'tokens': ['<y>', '<z>']}}}
BERT = {'type': 'BertProcessing', 'sep': ['<y>', 5002], 'cls': ['<x>', 5000]}
seq = lambda key, *s: {'type': 'Sequence', key: [({'type': t} if isinstance(t, str) else t) for t in s]}
rep = lambda a, b: {'type': 'Replace', 'pattern': {'String': a}, 'content': b}

CASES = [{}]
for t in ('Lowercase', 'StripAccents', 'NFC', 'NFD', 'NFKC', 'NFKD'):
    CASES.append({'normalizer': {'type': t}})
for bits in range(16):
    b = [bool(bits >> k & 1) for k in range(4)]
    CASES.append({'normalizer': {'type': 'BertNormalizer', 'clean_text': b[0], 'handle_chinese_chars': b[1], 'strip_accents': b[2], 'lowercase': b[3]}, 'added_tokens': ADDED})
CASES += [{'normalizer': {'type': 'BertNormalizer', 'clean_text': True, 'handle_chinese_chars': True, 'strip_accents': None, 'lowercase': b}} for b in (True, False)]
CASES += [{'normalizer': {'type': 'Strip', 'strip_left': l, 'strip_right': r}} for l in (True, False) for r in (True, False)]
CASES += [{'normalizer': rep(' ', '\u2581')}, {'normalizer': rep('a', '')}, {'normalizer': {'type': 'Prepend', 'prepend': '\u2581'}},
          {'normalizer': seq('normalizers', 'NFKD', 'StripAccents', 'Lowercase', rep('..', '.'))},
          {'normalizer': seq('normalizers', {'type': 'Prepend', 'prepend': '\u2581'}, rep(' ', '\u2581')), 'added_tokens': ADDED}]
for t in ('BertPreTokenizer', 'Whitespace', 'WhitespaceSplit'):
    CASES.append({'pre_tokenizer': {'type': t}})
for b in ('Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'):
    CASES.append({'pre_tokenizer': {'type': 'Punctuation', 'behavior': b}})
CASES += [{'pre_tokenizer': {'type': 'Digits', 'individual_digits': b}} for b in (True, False)]
CASES.append({'pre_tokenizer': seq('pretokenizers', 'WhitespaceSplit', {'type': 'Punctuation', 'behavior': 'Isolated'}, {'type': 'Digits', 'individual_digits': True})})
CASES += [{'added_tokens': ADDED}, {'added_tokens': ADDED, 'normalizer': {'type': 'Lowercase'}, 'pre_tokenizer': {'type': 'BertPreTokenizer'}}]
CASES += [{'added_tokens': ADDED, 'post_processor': p, 'pre_tokenizer': {'type': 'WhitespaceSplit'}} for p in (None, TEMPLATE, BERT, seq('processors', BERT))]
WP = lambda c: {'type': 'WordPiece', 'prefix': '##', 'cleanup': c}
for d in (WP(True), WP(False), {'type': 'Fuse'}, {'type': 'Strip', 'content': 'a', 'start': 1, 'stop': 0}, {'type': 'Strip', 'content': 'b', 'start': 0, 'stop': 1}, rep('##', ''),
          seq('decoders', rep('##', '-'), 'Fuse', {'type': 'Strip', 'content': '-', 'start': 1, 'stop': 0}), seq('decoders', WP(False), 'Fuse', rep(' ', '_'))):
    CASES.append({'decoder': d, 'pre_tokenizer': {'type': 'BertPreTokenizer'}, 'added_tokens': ADDED})

import unicodedata
chars = set(EXTRA)
for t in TEXTS:
    for f in ('NFC', 'NFD', 'NFKC', 'NFKD'):
        chars |= set(unicodedata.normalize(f, t)) | set(unicodedata.normalize(f, t.lower()))
chars -= {'\u24d0'}
vocab = ['[UNK]'] + [p + c for c in sorted(chars) for p in ('', '##')]
dump = lambda v: print(json.dumps(v, ensure_ascii=True, separators=(',', ':')))
dump({'vocab': vocab})
for case in CASES:
    doc = dict({'version': '1.0', 'truncation': None, 'padding': None, 'added_tokens': [], 'normalizer': None, 'pre_tokenizer': None, 'post_processor': None, 'decoder': None}, **case)
    tok = Tokenizer.from_str(json.dumps(dict(doc, model={'type': 'WordPiece', 'unk_token': '[UNK]', 'continuing_subword_prefix': '##', 'max_input_chars_per_word': 100, 'vocab': {t: i for i, t in enumerate(vocab)}})))
    # The reference gives added tokens ids of its own; ours are those of the file.
    ids = {tok.token_to_id(t['content']): t['id'] for t in doc['added_tokens'] if tok.token_to_id(t['content']) >= len(vocab)}
    results = []
    for text in TEXTS:
        e = tok.encode(text, add_special_tokens=False)
        results.append({'text': text, 'ids': [ids.get(i, i) for i in e.ids], 'decoded': tok.decode(e.ids, skip_special_tokens=False), 'decoded_plain': tok.decode(e.ids)})
        if case.get('post_processor', 0) != 0:
            for special in (True, False):
                p = tok.encode(text, 'b cc', add_special_tokens=special)
                s = tok.encode(text, add_special_tokens=special)
                results.append({'text': text, 'special': special, 'ids': [ids.get(i, i) for i in s.ids], 'types': s.type_ids, 'pair': 'b cc', 'pair_ids': [ids.get(i, i) for i in p.ids], 'pair_types': p.type_ids})
    dump({'document': case, 'results': results})
