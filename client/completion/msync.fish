# SPDX-License-Identifier: MIT
#
# Completion of msync(1) for fish: commands, options, and keys, which the daemon
# is asked for.

# Reads the line up to the word that is completed, and prints: its command, with
# that of pool, or -- where the line of another command has begun; how many
# words behind that are no options; and the options that name a socket.
function __msync_line
    set -l words (commandline -opc)
    set -l command
    set -l seen 0
    set -l socket
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                contains -- "$command" lock limit flight 'pool run'
                and set command --
                and break
            case -s --socket
                set socket -s $words[2]
                set -e words[1]
            case '--socket=*'
                set socket $words[1]
            case -w
                test "$command" = ls; or set -e words[1]
            case --wait -E --busy-exit-code --lease --kill-after -c \
                --capacity -p --permits --keep --max-leaders --max-idle \
                --create --destroy --on-lost --textfile -k --kind \
                -e --events -i --interval --count
                set -e words[1]
            case '-*'
            case '*'
                if not set -q command[1]; or test "$command" = pool
                    set -a command $words[1]
                else
                    set seen (math $seen + 1)
                end
        end
        set -e words[1]
    end
    printf '%s\n' "$command" $seen $socket
end

# Whether the command is one of these.
function __msync_is
    contains -- (__msync_line)[1] $argv
end

# Whether it is, and so many words stand behind it.
function __msync_has
    set -l line (__msync_line)
    test $line[2] = $argv[1]; and contains -- $line[1] $argv[2..]
end

function __msync_keys
    set -l typed (string unescape -- (commandline -ct | string collect))
    set -l socket (__msync_line)[3..]
    msync $socket -q __keys $argv[1] "$typed" 2>/dev/null
end

# Those of the kind that is the word before.
function __msync_keys_of_kind
    __msync_keys (commandline -opc)[-1]
end

# What the command behind -- completes.
function __msync_other
    set -l words (commandline -opc)
    set -l dashes (contains -i -- -- $words)
    set -l line (string escape -- $words[(math $dashes + 1)..]) (commandline -ct)
    complete -C "$line"
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
complete -c msync -n '__msync_is ""' -a ls -d 'which keys there are'
complete -c msync -n '__msync_is ""' -a show -d 'one key, and why it is waited for'
complete -c msync -n '__msync_is ""' -a ping -d 'ask for a sign of life'
complete -c msync -n '__msync_is ""' -a stats -d 'what the daemon has counted'
complete -c msync -n '__msync_is ""' -a metrics -d 'its counts for Prometheus'
complete -c msync -n '__msync_is ""' -a monitor -d 'what happens, as it happens'
complete -c msync -n '__msync_is ""' -a latency -d 'how long round trips take'
complete -c msync -n '__msync_is ""' -a call -d 'send a request of the protocol'
complete -c msync -n '__msync_is ""' -a top -d 'watch the daemon at work'
complete -c msync -n '__msync_is ""' -a doctor -d 'see whether all is well'
complete -c msync -n '__msync_is ""' -a help -d 'more about a command'
complete -c msync -n '__msync_has 0 help' -a 'lock limit flight pool release renew ls show ping stats metrics monitor latency call top doctor help'
complete -c msync -n '__msync_has 0 pool' -a 'run get put drop fill clear'
complete -c msync -n '__msync_has 0 release' -a 'lock limit pool'

complete -c msync -n '__msync_has 0 show' -a 'flight lock limit pool'
complete -c msync -n '__msync_has 0 ls monitor' -a '(__msync_keys any)'

complete -c msync -n '__msync_has 1 release show' -a '(__msync_keys_of_kind)'
complete -c msync -n '__msync_has 0 lock' -a '(__msync_keys lock)'
complete -c msync -n '__msync_has 0 limit' -a '(__msync_keys limit)'
complete -c msync -n '__msync_has 0 flight' -a '(__msync_keys flight)'
complete -c msync -n '__msync_has 0 "pool run" "pool get" "pool put" "pool drop" "pool fill" "pool clear"' -a '(__msync_keys pool)'

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
complete -c msync -n '__msync_is metrics' -l textfile -r -F -d 'into a file, as node_exporter wants it'
complete -c msync -n '__msync_is top' -s d -l delay -x -d 'show it anew so often'
complete -c msync -n '__msync_is top' -s n -l iterations -x -d 'so many times'
complete -c msync -n '__msync_is top' -s b -l batch -d 'as lines of text'

complete -c msync -n '__msync_is ls monitor' -s k -l kind -x -a 'flight lock limit pool' -d 'only of this kind'
complete -c msync -n '__msync_is ls' -s w -l waiting -d 'only what somebody waits for'
complete -c msync -n '__msync_is ls show stats monitor latency' -l json -d 'objects for programs'
complete -c msync -n '__msync_is ls stats' -l tsv -d 'tab-separated'
complete -c msync -n '__msync_is monitor' -s e -l events -x -a 'granted waiting shared released lost expired refused' -d 'only these events'
complete -c msync -n '__msync_is latency' -s i -l interval -x -d 'of each line'
complete -c msync -n '__msync_is latency' -s c -l count -x -d 'so many lines'

# Behind --, it is another program's turn.
complete -c msync -n '__msync_is --' -a '(__msync_other)'
