"""The command line of a run, without secrets."""

import pytest

from gitblob.ml.experiments import commandline


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("train.py --epochs 3 --lr=0.1 data/key.csv", "train.py --epochs 3 --lr=0.1 data/key.csv"),
        ("--tokenizer bert --max-tokens 512 --n-tokens=5 --eos_token </s>", "--tokenizer bert --max-tokens 512 --n-tokens=5 --eos_token </s>"),
        ("--api-key abc --wandb_api_key=abc --token t --hf-token h", "--api-key *** --wandb_api_key=*** --token *** --hf-token ***"),
        ("--password p --db.password=p +db.secret=x aws_secret_access_key=x", "--password *** --db.password=*** +db.secret=*** aws_secret_access_key=***"),
        ("--token --verbose", "--token --verbose"),
        ("--remote https://me:pw@host/x", "--remote ***"),
        ("--remote=https://me:pw@host/x", "--remote=***"),
        ("AKIAABCDEFGHIJKLMNOP", "***"),
    ],
)  # fmt: skip
def test_what_is_hidden(words, shown):
    assert commandline.shown(words.split()) == shown.split()


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("Authorization: Bearer abc", "***"),
        ("curl -H 'X-Api-Key: abc' host", "***"),
        ("sk-ant-" + "a1" * 10, "***"),
        ("--key=sk-" + "a1" * 16, "--key=***"),
        ("sk-learn-gradient-boosting-classifier-model", "sk-learn-gradient-boosting-classifier-model"),
        ("author: somebody", "author: somebody"),
        ("TOKEN=x python train.py", "***"),
        ("cd code && HF_TOKEN=x python train.py", "***"),
        ("EPOCHS=3 python train.py", "EPOCHS=3 python train.py"),
    ],
)
def test_what_is_hidden_within_a_word(word, shown):
    assert commandline.shown([word]) == [shown]
