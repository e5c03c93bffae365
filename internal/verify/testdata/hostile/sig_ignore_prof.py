# kind: dos  passes: 0  status: timeout  note: ignores and blocks what a CPU timer would send, and clears the timers over and over
import signal

for s in (signal.SIGPROF, signal.SIGALRM, signal.SIGVTALRM, signal.SIGTERM, signal.SIGXCPU, signal.SIGINT, signal.SIGHUP):
    signal.signal(s, signal.SIG_IGN)

def f(x):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        for which in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(which, 0)
