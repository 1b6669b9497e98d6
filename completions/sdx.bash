# Completes sdx in bash: source <(sdx completion bash)
# What may follow is asked of sdx itself; files are listed here.

_sdx_completion() {
  # Bash has cut the words at = and : (COMP_WORDBREAKS); sdx wants them whole, up to the cursor.
  local line=${COMP_LINE:0:COMP_POINT} words=() piece i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${line#"${line%%[![:space:]]*}"}
    ((i < COMP_CWORD)) && piece=${COMP_WORDS[i]}
    if [[ i -eq 0 || $line == [[:space:]]* ]]; then
      words+=("$piece")
    else
      words[${#words[@]} - 1]+=$piece
    fi
    line=${line#"${line%%[![:space:]]*}"}
    line=${line#"$piece"}
  done
  local word=${words[${#words[@]} - 1]} asked=("${words[@]:1}") sdx=sdx
  [[ ${words[0]} == */* && -x ${words[0]} ]] && sdx=${words[0]}

  # Bash replaces only what follows the last break.
  local kept= before mark
  for mark in = : @; do
    [[ $COMP_WORDBREAKS == *"$mark"* && $word == *"$mark"* ]] || continue
    before=${word%"${word##*"$mark"}"}
    ((${#before} > ${#kept})) && kept=$before
  done

  COMPREPLY=()
  local value help kind=- prefix open=
  while IFS= read -r line; do
    value=${line%%$'\t'*} help=${line#*$'\t'}
    if [[ $kind == - ]]; then
      kind=$value prefix=$help
    elif [[ $value == "$word"* ]]; then
      COMPREPLY+=("${value#"$kept"}")
      [[ $value == *[.=/] ]] && open=yes
    fi
  done < <("$sdx" completion bash -- "${asked[@]//[\\\"\']/}" 2>/dev/null)

  local found=() path=${word#"$prefix"}
  case $kind in
    yaml | file | folder)
      while IFS= read -r value; do
        [[ $kind == yaml && ! -d ${value/#\~\//$HOME/} && $value != *.yaml && $value != *.yml ]] && continue
        found+=("$value")
      done < <(if [[ $kind == folder ]]; then compgen -d -- "$path"; else compgen -f -- "$path"; fi)
      ;;
  esac
  if ((${#found[@]} > 0)); then
    ((${#COMPREPLY[@]} == 0)) && compopt -o filenames 2>/dev/null # slashes after folders, and quoting
    for value in "${found[@]}"; do
      value=$prefix$value
      COMPREPLY+=("${value#"$kept"}")
    done
  fi
  [[ $open == yes && ${#COMPREPLY[@]} -eq 1 ]] && compopt -o nospace 2>/dev/null
  return 0
}

complete -F _sdx_completion sdx
