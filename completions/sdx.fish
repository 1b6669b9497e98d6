# Completes sdx in fish: sdx completion fish > ~/.config/fish/completions/sdx.fish
# What may follow is asked of sdx itself; files are listed here.

function __sdx_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l sdx sdx
    string match -q '*/*' -- $words[1]; and set sdx $words[1]
    set -l lines ($sdx completion fish -- $words[2..-1] "$word" 2>/dev/null)
    set -l asked (string split -m 1 \t -- $lines[1])
    string join \n -- $lines[2..-1]
    # Fish itself lists what a command without completions takes: files.
    set -l path (string replace -- "$asked[2]" '' "$word")
    set -l files (test -n "$asked[1]"; and complete -C "__sdx_any_file $path")
    switch "$asked[1]"
        case yaml
            set files (string match -r -- '^[^\t]*(?:/|\.ya?ml)(?:\t.*)?$' $files)
        case folder
            set files (string match -r -- '^[^\t]*/(?:\t.*)?$' $files)
    end
    for file in $files
        echo -- "$asked[2]$file"
    end
end

complete -c sdx -e
complete -c sdx -f -k -a '(__sdx_complete)'
