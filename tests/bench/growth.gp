# SPDX-License-Identifier: MIT
# The plot of growth.py: costs on the left, stalls on the right. Each block of
# the file named by dat is one line, in this order; png is what is written.
set terminal pngcairo size 1500,820 font "sans,11"
set output png
set datafile missing "NaN"
set logscale x
set format x "10^{%L}"
set xlabel "n"
set key below vertical maxrows 6 Left reverse
set grid ytics
set style data linespoints
set multiplot layout 1,2

set title "what an operation costs the daemon"
set ylabel "processor time, ns"
set yrange [0:*]
plot dat index 0 title "acquire + release, n keys held", \
    dat index 1 title "acquire + release, n waiters elsewhere", \
    dat index 2 title "cancel + wait again, n waiters", \
    dat index 3 title "hand-over + wait again, n waiters", \
    dat index 4 title "timeout, n waiters before it", \
    dat index 5 title "acquire + release, n connections"

set title "the longest stall: what the daemon works before it answers a ping"
set ylabel "processor time, ms"
set logscale y
set yrange [0.01:*]
plot dat index 6 title "while n keys are taken", \
    dat index 7 title "while n waiters come", \
    dat index 8 title "n waits time out at once", \
    dat index 9 title "while n connections come", \
    dat index 10 title "one who holds n keys hangs up", \
    dat index 11 title "one with n waits hangs up", \
    5 title "5 ms" dashtype 2 linecolor "black" with lines
unset multiplot
