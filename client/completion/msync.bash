# SPDX-License-Identifier: MIT
#
# Completion of msync(1) for bash: commands, options, and keys, which the
# daemon is asked for.

# The options of a command; of msync itself, where there is none.
_msync_options()
{
    local shared="-n --nonblock -w --wait -E --busy-exit-code"
    local runs="--lease --on-lost --kill-after --inherit"
    local pools="-c --capacity --max-idle --create --destroy --adopt"
    case $1 in
    "")
        echo "-s --socket --json -q --quiet -v --verbose --version --help"
        ;;
    lock) echo "$shared $runs --detach" ;;
    limit)
        echo "$shared $runs --detach -c --capacity -p --permits --adopt" \
            "--fail-open"
        ;;
    flight) echo "$shared --keep --max-leaders --fail-open" ;;
    "pool run") echo "$shared $runs $pools --drop-failed" ;;
    "pool get") echo "$shared $pools --lease" ;;
    "pool fill") echo "-c --capacity" ;;
    "pool clear") echo "--destroy" ;;
    top) echo "-d --delay -n --iterations -b --batch" ;;
    metrics) echo "--textfile" ;;
    ls) echo "-k --kind -w --waiting --json --tsv" ;;
    show) echo "--json" ;;
    stats) echo "--json --tsv" ;;
    monitor) echo "-k --kind -e --events --json" ;;
    latency) echo "-i --interval -c --count --json" ;;
    esac
}

# Whether the word behind $1 is its argument, in the line of command $2.
_msync_takes_word()
{
    case $1 in
    -w) [[ $2 != ls ]] ;;
    --wait | -E | --busy-exit-code | --lease | --kill-after | -c | \
        --capacity | -p | --permits | --keep | --max-leaders | --max-idle | \
        --create | --destroy | --on-lost | --textfile | -s | --socket | -k | --kind | \
        -e | --events | -i | --interval | --count)
        return 0
        ;;
    *) return 1 ;;
    esac
}

# The text that a word of the line stands for.
_msync_unquote()
{
    local text=${1#[\"\']}
    [[ $text == "$1" ]] || text=${text%"${1:0:1}"}
    # shellcheck disable=SC2162 # without -r, it takes backslashes away
    [[ $1 == \'* ]] || IFS= read text <<<"$text"
    [[ $1 != "~/"* ]] || text=$HOME/${text#"~/"}
    printf '%s' "$text"
}

# The words up to the cursor, which bash has cut at colons and the like, too:
# words_ as they are typed, and the number of each in COMP_WORDS: at_.
_msync_words()
{
    local rest=$COMP_LINE i word
    words_=() at_=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i == 0 || $rest == [[:blank:]]* ]]; then
            rest=${rest#"${rest%%[![:blank:]]*}"}
            words_+=("$word") at_+=("$i")
        else
            words_[${#words_[@]} - 1]+=$word
        fi
        rest=${rest:${#word}}
    done
}

# Those of the words that begin as the typed one does.
_msync_offer()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

# The same of the daemon's keys, which may have anything in them: so they are
# quoted as the typed word is. Of what bash has cut, it wants the last part.
_msync_offer_keys()
{
    local keys quote="" head=""
    mapfile -t keys < <(msync "${socket[@]}" -q __keys "$1" \
        "$(_msync_unquote "$word")" 2>/dev/null)
    ((${#keys[@]} > 0)) || return
    [[ $word != [\"\']* ]] || quote=${word:0:1}
    case $quote in
    "")
        mapfile -t COMPREPLY < <(printf '%q\n' "${keys[@]}")
        [[ $word != *[:=@]* ]] ||
            printf -v head %q "$(_msync_unquote "${word%"${word##*[:=@]}"}")"
        ;;
    \") COMPREPLY=("${keys[@]//[\\\"\$\`]/\\&}") ;;
    \') COMPREPLY=("${keys[@]//\'/\'\\\'\'}") ;;
    esac
    COMPREPLY=("${COMPREPLY[@]#"$head"}")
}

# What stands behind -- is the line of another command.
_msync_other()
{
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$1"
    elif ((COMP_CWORD == $1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

# The argument of an option.
_msync_argument()
{
    case $1 in
    --on-lost) _msync_offer "term kill ignore" ;;
    -k | --kind) _msync_offer "flight lock limit pool" ;;
    -e | --events) _msync_offer "granted waiting shared released lost expired refused" ;;
    -s | --socket | --textfile) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    --create | --destroy) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
    esac
}

_msync()
{
    local commands="lock limit flight pool release renew ls show ping stats metrics monitor latency call top doctor help"
    local words_ at_ i last at="" kind="" socket=() seen=0
    COMPREPLY=()
    _msync_words
    last=$((${#words_[@]} - 1))
    local word=${words_[last]}

    # The command, and how many words behind it are no options.
    for ((i = 1; i < last; i++)); do
        case ${words_[i]} in
        --)
            case $at in
            lock | limit | flight | "pool run")
                _msync_other $((at_[i] + 1))
                return
                ;;
            esac
            ;;
        -s | --socket) socket=(-s "$(_msync_unquote "${words_[i + 1]}")") ;;&
        --socket=*) socket=(-s "$(_msync_unquote "${words_[i]#*=}")") ;;
        -*)
            ! _msync_takes_word "${words_[i]}" "$at" || ((++i < last)) || {
                _msync_argument "${words_[i - 1]}"
                return
            }
            ;;
        *)
            if [[ -z $at ]]; then
                at=${words_[i]}
            elif [[ $at == pool ]]; then
                at="pool ${words_[i]}"
            else
                ((++seen > 1)) || kind=${words_[i]}
            fi
            ;;
        esac
    done

    case $word in
    --*=*)
        i=${word%%=*} word=${word#*=}
        _msync_argument "$i"
        return
        ;;
    -*)
        _msync_offer "$(_msync_options "$at")"
        return
        ;;
    esac
    case $at:$seen in
    :0 | help:0) _msync_offer "$commands" ;;
    pool:0) _msync_offer "run get put drop fill clear" ;;
    release:0) _msync_offer "lock limit pool" ;;
    show:0) _msync_offer "flight lock limit pool" ;;
    release:1 | show:1) _msync_offer_keys "$kind" ;;
    ls:0 | monitor:0) _msync_offer_keys any ;;
    lock:0 | limit:0 | flight:0) _msync_offer_keys "$at" ;;
    "pool "*:0) _msync_offer_keys pool ;;
    esac
}

complete -F _msync msync
