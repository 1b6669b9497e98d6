#compdef sdx
# Completes sdx in zsh: source <(sdx completion zsh), after compinit; or as a file _sdx in $fpath.
# What may follow is asked of sdx itself; files are listed here.

_sdx() {
  local sdx=sdx
  [[ $words[1] == */* ]] && sdx=${~words[1]}
  local -a lines=("${(@f)$($sdx completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  local kind=${lines[1]%%$'\t'*} prefix=${lines[1]#*$'\t'} line value help
  local -a closed open
  for line in "${(@)lines[2,-1]}"; do
    value=${line%%$'\t'*} help=${line#*$'\t'}
    line=${value//:/\\:}${help:+:$help}
    if [[ $value == *[.=/] ]]; then open+=("$line"); else closed+=("$line"); fi
  done
  local result=1
  ((${#closed})) && _describe -t values 'sdx' closed && result=0
  ((${#open})) && _describe -t keys 'key' open -S '' && result=0
  [[ -n $kind && -n $prefix ]] && compset -P "${(b)prefix}"
  case $kind in
    yaml) _files -g '*.(yaml|yml)(-.)' && result=0 ;;
    file) _files && result=0 ;;
    folder) _files -/ && result=0 ;;
  esac
  return result
}

if [[ $funcstack[1] == _sdx ]]; then _sdx "$@"; else compdef _sdx sdx; fi
