"""Judges values by Python's jsonschema. Reads one JSON object per line, answers one line each.

in:  {"draft": "draft2020-12", "schema": ..., "texts": ["...", ...]}
out: {"errors": [null | "why", ...]} or {"broken": "why the schema cannot be judged"}
"""

import json
import sys

import jsonschema
from jsonschema import validators

VALIDATORS = {
    "draft4": validators.Draft4Validator,
    "draft6": validators.Draft6Validator,
    "draft7": validators.Draft7Validator,
    "draft2019-09": validators.Draft201909Validator,
    "draft2020-12": validators.Draft202012Validator,
}


def judge(validator, text):
    try:
        validator.validate(json.loads(text))
        return None
    except jsonschema.ValidationError as error:
        return error.message[:300]


def answer(task):
    judge_class = VALIDATORS[task["draft"]]
    try:
        validator = judge_class(task["schema"], format_checker=judge_class.FORMAT_CHECKER)
        return {"errors": [judge(validator, text) for text in task["texts"]]}
    except Exception as error:  # A schema that this judge cannot read, such as a pattern of another dialect.
        return {"broken": f"{type(error).__name__}: {error}"[:300]}


sys.setrecursionlimit(20000)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
