# Completes sdx in PowerShell: sdx completion powershell | Out-String | Invoke-Expression
# What may follow is asked of sdx itself; files are listed here.

Register-ArgumentCompleter -Native -CommandName sdx -ScriptBlock {
    param($piece, $line, $cursor)

    # PowerShell has cut words at commas; sdx wants them whole, up to the cursor, without quotes.
    $before = @($line.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor })
    $asked = @($before | Select-Object -Skip 1 | ForEach-Object {
            $length = [Math]::Min($_.Extent.EndOffset, $cursor) - $_.Extent.StartOffset
            $_.Extent.Text.Substring(0, $length) -replace '[`"'']', ''
        })
    if ($before[-1].Extent.EndOffset -ge $cursor) {
        $word = $asked[-1]
    } else {
        $word = ''
        # Before 7.3, PowerShell hands no empty word on to a program, unless it is two quotes.
        $quoted = $PSVersionTable.PSVersion -lt [version]'7.3' -or $PSNativeCommandArgumentPassing -eq 'Legacy'
        $asked += if ($quoted) { '""' } else { '' }
    }

    # Quotes keep the -- from being taken for the end of a script's own parameters.
    $sdx = $line.GetCommandName()
    $answer = @(& $sdx completion powershell '--' @asked 2>$null)
    if ($answer.Count -eq 0) { return '' } # nothing else keeps PowerShell from listing files
    $kind, $prefix = $answer[0] -split "`t", 2

    # PowerShell replaces only what follows the last comma.
    $piece = $piece -replace '[`"'']', ''
    $kept = if ($word.EndsWith($piece)) { $word.Substring(0, $word.Length - $piece.Length) } else { '' }

    $found = @($answer | Select-Object -Skip 1 | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if ($value.Length -gt $kept.Length -and $value.StartsWith($word, [StringComparison]::Ordinal)) {
                $text = $value.Substring($kept.Length)
                if ($text -match '[^\w./:=+-]') { $text = "'" + ($text -replace "'", "''") + "'" }
                $tip = if ($help) { $help } else { $value }
                [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $tip)
            }
        })
    if ($kind -and $word.StartsWith($prefix, [StringComparison]::Ordinal)) {
        $path = $word.Substring($prefix.Length)
        $found += @([System.Management.Automation.CompletionCompleters]::CompleteFilename($path) | Where-Object {
                $kind -eq 'file' -or $_.ResultType -eq 'ProviderContainer' -or
                ($kind -eq 'yaml' -and $_.ListItemText -match '\.ya?ml$')
            } | ForEach-Object {
                $text = $prefix + $_.CompletionText
                [System.Management.Automation.CompletionResult]::new($text, $_.ListItemText, $_.ResultType, $_.ToolTip)
            })
    }
    if ($found.Count -gt 0) { $found } else { '' }
}
