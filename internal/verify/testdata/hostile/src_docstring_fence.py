# kind: dos  passes: 4  status: pass  note: an honest program full of fences and asserts, which careless extraction would cut
def f(x):
    """Doubles.

    ```python
    assert f(1) == 3
    def f(x): return 0
    ```
    """
    # ``` if __name__ == "__main__": import unittest
    assert x == x, "```"
    return 2 * x
