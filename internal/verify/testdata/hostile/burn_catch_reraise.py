# kind: dos  passes: 0  status: exception|timeout|crash  note: swallows every exception at every level, also in finally blocks and finalizers
import sys

def f(x):
    try:
        while True:
            try:
                while True:
                    try:
                        while True:
                            pass
                    finally:
                        continue
            except BaseException:
                continue
    finally:
        f(x)
