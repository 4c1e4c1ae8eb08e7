# Completion for ahoy and ahoyd in bash (make install puts it in place; by hand: source it). What there is to complete is read from the programs' own --help, so that it is always
# that of the version which is installed; tests/interop/test_completion.py holds it against the option tables.

# The commands that a program lists.
_ahoy_commands() {
	"$1" --help 2>/dev/null | sed -n -E '/^  ahoyd? (COMMAND|--)/d;s/^  (ahoy +)?([a-z]+) .*/\2/p'
}

# The options of a command ("user add" is one, too): the lines of its help that begin with one.
_ahoy_options() {
	"$@" --help 2>/dev/null | sed -n -E '/^  (-[a-z], )?--[a-z]/p' | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

# What ahoyd user can do.
_ahoy_user_commands() {
	"$1" user --help 2>/dev/null | sed -n -E '1{s/^[^ ]+ user //;s/ *\| */\n/g;p}' | sed -E 's/ .*//'
}

_ahoy() {
	local program=$1 word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local -a command=()
	COMPREPLY=()

	((COMP_CWORD > 1)) && command=("${COMP_WORDS[1]}")
	[[ ${command[0]} == user ]] && ((COMP_CWORD > 2)) && command+=("${COMP_WORDS[2]}")
	case $before in
	--play | --hold-music | --record | --password-file | --template | --accounts | --db | --config | -c | --control)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--media-source)
		mapfile -t COMPREPLY < <(compgen -W 'signalling any none' -- "$word")
		return
		;;
	--dtmf-by)
		mapfile -t COMPREPLY < <(compgen -W 'auto rtp info inband' -- "$word")
		return
		;;
	--log-level)
		mapfile -t COMPREPLY < <(compgen -W 'error warn info debug' -- "$word")
		return
		;;
	--log-format)
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$word")
		return
		;;
	esac
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_ahoy_commands "$program") --help --version" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_ahoy_options "$program" "${command[@]}") --help" -- "$word")
	elif [[ ${command[0]} == user ]] && ((COMP_CWORD == 2)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_ahoy_user_commands "$program")" -- "$word")
	elif [[ ${command[0]} == user && ${command[1]} == import ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _ahoy ahoy ahoyd
