# kind: dos  passes: 0  status: timeout  note: the body sleeps and never ends
import time

while True:
    time.sleep(3600)
