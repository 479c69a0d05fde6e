-- De unas huellas, las que ya están guardadas.
SELECT huella FROM chat_ilegibles WHERE huella = ANY (%(huellas)s)
