import threading

from gitblob.cli.progress import Bar


def test_events_of_many_threads_add_up(monkeypatch):
    bar = Bar()
    bar.begin("upload", 400, 4000)

    def work():
        for _ in range(100):
            bar.advance(10)
            bar.done("x")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    task = bar._bar.tasks[0]
    assert (task.completed, task.description) == (4000, "upload 400/400")
    bar.end()
    bar.end()


def test_an_event_after_the_end_is_nothing():
    bar = Bar()
    bar.advance(1)
    bar.done("x")
    bar.end()
