# SPDX-License-Identifier: MIT
#
# Completion of msync(1) for fish: commands, options, and keys, which the daemon
# is asked for.

# The command that the line has, with that of pool behind it.
function __msync_command
    set -l words (commandline -opc)
    set -e words[1]
    set -l command
    while set -q words[1]
        switch $words[1]
            case -s --socket
                set -e words[1]
            case '-*'
            case '*'
                set -a command $words[1]
                test "$command" = pool; or break
        end
        set -e words[1]
        set -q words[1]; or break
    end
    echo $command
end

function __msync_is
    contains -- (__msync_command) $argv
end

# How many words behind the command are no options or their arguments, and
# whether the line is still msync's.
function __msync_n_words
    set -l words (commandline -opc)
    set -l n (count (string split ' ' -- (__msync_command)))
    set -l seen 0
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                echo 99
                return
            case -s --socket -w --wait -E --busy-exit-code --lease --kill-after \
                -c --capacity -p --permits --keep --max-leaders --max-idle \
                --create --destroy --on-lost
                set -e words[1]
            case '-*'
            case '*'
                set seen (math $seen + 1)
        end
        set -e words[1]
    end
    math $seen - $n
end

# Whether the next word is the key of one of these commands.
function __msync_wants_key
    __msync_is $argv; and test (__msync_n_words) = 0
end

function __msync_keys
    set -l socket
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if contains -- $words[$i] -s --socket
            set socket -s $words[(math $i + 1)]
        end
    end
    msync $socket -q __keys $argv[1] (commandline -ct) 2>/dev/null
end

complete -c msync -f
complete -c msync -n '__msync_is ""' -s s -l socket -r -F -d "the daemon's socket"
complete -c msync -n '__msync_is ""' -l json -d 'answers as JSON'
complete -c msync -n '__msync_is ""' -s q -l quiet -d 'say nothing of refusals'
complete -c msync -n '__msync_is ""' -s v -l verbose -d 'say what happens'
complete -c msync -n '__msync_is ""' -l version -d 'print the version'
complete -c msync -n '__msync_is ""' -l help -d 'list the commands'

complete -c msync -n '__msync_is ""' -a lock -d 'one at a time for each key'
complete -c msync -n '__msync_is ""' -a limit -d 'at most so many at a time'
complete -c msync -n '__msync_is ""' -a flight -d 'once; everybody gets the output'
complete -c msync -n '__msync_is ""' -a pool -d 'with a thing that is lent'
complete -c msync -n '__msync_is ""' -a release -d 'let go of a hold by its token'
complete -c msync -n '__msync_is ""' -a renew -d 'start a lease anew'
complete -c msync -n '__msync_is ""' -a ping -d 'ask for a sign of life'
complete -c msync -n '__msync_is ""' -a stats -d 'what the daemon has counted'
complete -c msync -n '__msync_is ""' -a call -d 'send a request of the protocol'
complete -c msync -n '__msync_is ""' -a doctor -d 'see whether all is well'
complete -c msync -n '__msync_is "" help' -a help -d 'more about a command'
complete -c msync -n '__msync_is help' -a 'lock limit flight pool release renew ping stats call doctor'
complete -c msync -n '__msync_is pool' -a 'run get put drop fill clear'
complete -c msync -n '__msync_wants_key release' -a 'lock limit pool'

complete -c msync -n '__msync_wants_key lock' -a '(__msync_keys lock)'
complete -c msync -n '__msync_wants_key limit' -a '(__msync_keys limit)'
complete -c msync -n '__msync_wants_key flight' -a '(__msync_keys flight)'
complete -c msync -n '__msync_wants_key "pool run" "pool get" "pool put" "pool drop" "pool fill" "pool clear"' -a '(__msync_keys pool)'

set -l waits lock limit flight '"pool run"' '"pool get"'
set -l runs lock limit '"pool run"'
set -l pools '"pool run"' '"pool get"'
complete -c msync -n "__msync_is $waits" -s n -l nonblock -d 'do not wait'
complete -c msync -n "__msync_is $waits" -s w -l wait -x -d 'wait at most so long'
complete -c msync -n "__msync_is $waits" -s E -l busy-exit-code -x -d 'status where it could not be had'
complete -c msync -n "__msync_is $runs \"pool get\"" -l lease -x -d 'the hold ends after so long'
complete -c msync -n "__msync_is $runs" -l on-lost -x -a 'term kill ignore' -d 'what happens when the hold is lost'
complete -c msync -n "__msync_is $runs" -l kill-after -x -d 'how long after TERM it is killed'
complete -c msync -n "__msync_is $runs" -l inherit -d 'until the last descendant has ended'
complete -c msync -n '__msync_is lock limit' -l detach -d 'a hold without a command'
complete -c msync -n "__msync_is limit $pools \"pool fill\"" -s c -l capacity -x -d 'so many at most'
complete -c msync -n '__msync_is limit' -s p -l permits -x -d 'so many permits'
complete -c msync -n "__msync_is limit $pools" -l adopt -d 'take the capacity in force'
complete -c msync -n '__msync_is limit flight' -l fail-open -d 'run also without msyncd'
complete -c msync -n '__msync_is flight' -l keep -x -d 'keep the result for so long'
complete -c msync -n '__msync_is flight' -l max-leaders -x -d 'give up after so many'
complete -c msync -n "__msync_is $pools" -l max-idle -x -d 'older ones are not lent again'
complete -c msync -n "__msync_is $pools" -l create -x -d 'prints the value of a new object'
complete -c msync -n "__msync_is $pools \"pool clear\"" -l destroy -x -d 'destroys $MSYNC_VALUE'
complete -c msync -n '__msync_is "pool run"' -l drop-failed -d 'destroy it where the command failed'

# Behind --, it is another program's turn.
complete -c msync -n 'contains -- -- (commandline -opc)' -a '(__fish_complete_subcommand --fcs-skip=(math (contains -i -- -- (commandline -opc)) + 0))'
