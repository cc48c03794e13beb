#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A command that tells which signals it gets.

usage: recorder.py FD

Writes "ready PID" to the descriptor, and then, for each signal, its name and
who sent it: a pid, or 0 for the kernel. ALRM ends it with status 7. So it does
not end by TERM, or by anything else but KILL.
"""
import os
import signal
import sys

fd = int(sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.write(fd, f"ready {os.getpid()}\n".encode())
while True:
    info = signal.sigwaitinfo(signal.valid_signals())
    if info.si_signo == signal.SIGALRM:
        sys.exit(7)
    name = signal.Signals(info.si_signo).name[3:]
    os.write(fd, f"{name} {info.si_pid}\n".encode())
