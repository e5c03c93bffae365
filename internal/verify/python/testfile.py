# Files of tests, by unittest or in pytest's style: such a file passes if every test in it does.
import sys
import types


class Found:
    """Collects what a test file's tests come to, for unittest and pytest alike."""

    def __init__(self):
        self.failed = None

    def note(self, e):
        if self.failed is None:
            self.failed = e


def run_tests(text):
    import unittest
    ran = 0
    for name, v in list(vars(text).items()):
        if isinstance(v, type) and issubclass(v, unittest.TestCase):
            for case in unittest.defaultTestLoader.loadTestsFromTestCase(v):
                ran += 1
                run_case(case)
    ran += pytest_style(text)
    if not ran:
        return "fail", "the file holds no test"
    return "pass", ""


def run_case(case):
    class Result(__import__("unittest").TestResult):
        def addError(self, test, err):
            raise err[1]
        addFailure = addError

        def addSubTest(self, test, subtest, err):
            if err is not None:
                raise err[1]

        def addUnexpectedSuccess(self, test):
            raise AssertionError("unexpected success")
    case.run(Result())


def pytest_style(text):
    """Functions and classes named test…: by pytest itself where it is installed."""
    found = [n for n, v in vars(text).items() if n.startswith("test") and isinstance(v, types.FunctionType)]
    import unittest
    classes = [n for n, v in vars(text).items() if n.startswith("Test") and isinstance(v, type) and not issubclass(v, unittest.TestCase)]
    if not found and not classes:
        return 0
    import pytest
    outcome = Found()

    class Plugin:
        ran = 0

        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_makereport(self, item, call):
            yield
            if call.excinfo is not None and not call.excinfo.errisinstance((pytest.skip.Exception, pytest.xfail.Exception)):
                outcome.note(call.excinfo.value)
            if call.when == "call":
                Plugin.ran += 1

        def pytest_collectreport(self, report):
            if report.failed:
                outcome.note(AssertionError(str(report.longrepr)[:300]))

    # pytest collects what a module holds, wherever it was defined; test_file itself has been run already.
    with open("test_collected.py", "w") as f:
        f.write("from test_file import *\n")
    pytest.main(["-x", "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler", "--rootdir=.", "-c", "/dev/null", "test_collected.py"], plugins=[Plugin()])
    if outcome.failed is not None:
        raise outcome.failed
    return Plugin.ran


# The names under which model-written test files import the program.
PROGRAM_NAMES = ("solution", "program", "main", "your_module", "your_code", "module")


def run_file(code, names, rest):
    """Runs a compiled file of tests over the program's names; rest are other names that it may use."""
    program = types.ModuleType("solution")
    program.__dict__.update(names)
    for name in PROGRAM_NAMES:
        sys.modules[name] = program
    text = types.ModuleType("test_file")
    text.__dict__.update(rest)
    sys.modules["test_file"] = text
    exec(code, text.__dict__)
    return run_tests(text)
