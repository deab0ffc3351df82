"""A plan is wanted minus present, each blob once, in an order that does not depend on the question's."""

from hypothesis import given
from hypothesis import strategies as st

from gitblob.model.oid import Oid
from gitblob.store.base import Blob
from gitblob.transfer import plan

oids = st.sampled_from([Oid(f"{n:064x}") for n in range(12)])
blobs = st.lists(st.builds(Blob, oids, st.integers(0, 3)), max_size=40)


@given(blobs, st.sets(st.builds(Blob, oids, st.integers(0, 3))))
def test_wanted_minus_present(wanted, present):
    made = plan.make(wanted, present)
    assert set(made.blobs) == set(wanted) - present
    assert len(set(made.blobs)) == len(made.blobs)
    assert made.size == sum(blob.size for blob in made.blobs)


@given(blobs, st.randoms())
def test_the_order_of_the_question_does_not_matter(wanted, random):
    shuffled = list(wanted)
    random.shuffle(shuffled)
    assert plan.make(wanted) == plan.make(shuffled)


@given(blobs)
def test_a_plan_of_a_plan_is_the_same(wanted):
    made = plan.make(wanted)
    assert plan.make(made.blobs) == made
