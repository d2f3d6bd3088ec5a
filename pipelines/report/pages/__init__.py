"""The pages behind the first one: what each says, as blocks of text, pictures and tables; HTML is a template's."""
