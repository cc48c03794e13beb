# SPDX-License-Identifier: MIT
#
# Completion of msync(1) for bash: commands, options, and keys, which the
# daemon is asked for.

# Options of a command that take an argument, and those that take none.
_msync_options()
{
    local shared="-n --nonblock -w --wait -E --busy-exit-code"
    local runs="--lease --on-lost --kill-after --inherit"
    case $1 in
    lock) echo "$shared $runs --detach" ;;
    limit)
        echo "$shared $runs --detach -c --capacity -p --permits --adopt" \
            "--fail-open"
        ;;
    flight) echo "$shared --keep --max-leaders --fail-open" ;;
    "pool run")
        echo "$shared $runs -c --capacity --max-idle --create --destroy" \
            "--drop-failed --adopt"
        ;;
    "pool get")
        echo "$shared --lease -c --capacity --max-idle --create --destroy" \
            "--adopt"
        ;;
    "pool fill") echo "-c --capacity" ;;
    "pool clear") echo "--destroy" ;;
    esac
}

# Whether the option before takes the word that is being completed.
_msync_takes_word()
{
    case $1 in
    -w | --wait | -E | --busy-exit-code | --lease | --kill-after | -c | \
        --capacity | -p | --permits | --keep | --max-leaders | --max-idle | \
        --create | --destroy | --on-lost | -s | --socket)
        return 0
        ;;
    esac
    return 1
}

_msync()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local commands="lock limit flight pool release renew ping stats call doctor help"
    local i at="" kind="" socket=() words=0
    COMPREPLY=()

    # What has been said: the command, and how many words behind it are no
    # options. Behind -- it is another program's turn.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --)
            if declare -F _command_offset >/dev/null; then
                _command_offset $((i + 1))
            elif ((COMP_CWORD == i + 1)); then
                mapfile -t COMPREPLY < <(compgen -c -- "$word")
            else
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
            fi
            return
            ;;
        -s | --socket) socket=(-s "${COMP_WORDS[i + 1]}") && ((i++)) ;;
        -*) ! _msync_takes_word "${COMP_WORDS[i]}" || ((i++)) ;;
        *)
            if [[ -z $at ]]; then
                at=${COMP_WORDS[i]}
            elif [[ $at == pool ]]; then
                at="pool ${COMP_WORDS[i]}"
            else
                ((words++)) || true
                [[ $words != 1 ]] || kind=${COMP_WORDS[i]}
            fi
            ;;
        esac
    done

    case $before in
    --on-lost)
        mapfile -t COMPREPLY < <(compgen -W "term kill ignore" -- "$word")
        return
        ;;
    -s | --socket)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --create | --destroy)
        mapfile -t COMPREPLY < <(compgen -c -- "$word")
        return
        ;;
    esac
    ! _msync_takes_word "$before" || return

    if [[ -z $at ]]; then
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W \
                "-s --socket --json -q --quiet -v --verbose --version --help" \
                -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
        fi
        return
    fi
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_msync_options "$at")" -- "$word")
        return
    fi
    case $at:$words in
    pool:0)
        mapfile -t COMPREPLY < <(compgen -W "run get put drop fill clear" -- "$word")
        ;;
    help:0) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
    release:0)
        mapfile -t COMPREPLY < <(compgen -W "lock limit pool" -- "$word")
        ;;
    release:1) _msync_keys "$kind" "$word" ;;
    lock:0 | limit:0 | flight:0) _msync_keys "$at" "$word" ;;
    "pool "*:0) _msync_keys pool "$word" ;;
    esac
}

# Keys that the daemon knows. Each is one word, whatever is in it; what the
# shell would cut a word at (a colon) is left out of what is replaced.
_msync_keys()
{
    local keys cut
    mapfile -t keys < <(msync "${socket[@]}" -q __keys "$1" "$2" 2>/dev/null)
    ((${#keys[@]} > 0)) || return
    mapfile -t COMPREPLY < <(printf '%q\n' "${keys[@]}")
    if [[ $2 == *:* && $COMP_WORDBREAKS == *:* ]]; then
        cut=${2%"${2##*:}"}
        COMPREPLY=("${COMPREPLY[@]#"$cut"}")
    fi
}

complete -F _msync msync
