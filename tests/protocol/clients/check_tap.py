"""singer-check-tap, which waits for the end of the tap and not for that of the thread that reads it: here
it does. Takes the same arguments.
"""

from singertools import check_tap

readers = []
run = check_tap.run_and_summarize


class Reader(check_tap.StdoutReader):
    def start(self):
        super().start()
        readers.append(self)


def run_and_wait(*args, **kwargs):
    run(*args, **kwargs)
    readers[-1].join()
    return readers[-1].summary


check_tap.StdoutReader = Reader
check_tap.run_and_summarize = run_and_wait
check_tap.main()
