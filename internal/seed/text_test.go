package seed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecodeSource(t *testing.T) {
	tests := []struct{ name, data, want, err string }{
		{"UTF-8", "x = 'é'\n", "x = 'é'\n", ""},
		{"a byte order mark", "\xef\xbb\xbfx = 'é'", "x = 'é'", ""},
		{"the mark counts, not the line", "\xef\xbb\xbf# coding: latin-1\nx = 'é'", "# coding: latin-1\nx = 'é'", ""},
		{"declared Latin-1", "# -*- coding: latin-1 -*-\nx = '\xe9'", "# -*- coding: latin-1 -*-\nx = 'é'", ""},
		{"declared on line two", "#!/usr/bin/python\n# vim: set fileencoding=ISO_8859_1 :\n'\xe9'", "#!/usr/bin/python\n# vim: set fileencoding=ISO_8859_1 :\n'é'", ""},
		{"the other line end", "#!/usr/bin/python\r\n# coding=latin1\r\n'\xe9'", "#!/usr/bin/python\r\n# coding=latin1\r\n'é'", ""},
		{"not on line three", "#\n#\n# coding: latin-1\n'\xe9'", "", "not utf-8 at byte 23"},
		{"not after code", "x = 1\n# coding: latin-1\n'\xe9'", "", "not utf-8 at byte 25"},
		{"not in code", "x = 'coding: latin-1'\n'\xe9'", "", "not utf-8 at byte 23"},
		{"declared ASCII", "# coding: ascii\nx = 'é'", "", "not ascii at byte 21"},
		{"another encoding", "# coding: gbk\nx", "", "encoding gbk, which is not read here"},
		{"nothing", "", "", ""},
	}
	for _, tt := range tests {
		got, err := decodeSource([]byte(tt.data))
		if got != tt.want || (err == nil) != (tt.err == "") || (err != nil && err.Error() != tt.err) {
			t.Errorf("%s: decodeSource = %q, %v, want %q, %s", tt.name, got, err, tt.want, tt.err)
		}
	}
}

// FuzzDecodeSource: whatever the bytes are, what comes out is text or an error.
func FuzzDecodeSource(f *testing.F) {
	for _, s := range []string{"# coding: latin-1\n\xe9", "\xef\xbb\xbf", "#coding=utf8\n", "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := decodeSource(data); err == nil && !utf8.ValidString(text) {
			t.Errorf("decodeSource(%q) = %q, which is no text", data, text)
		}
	})
}

func TestLicenses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"MIT", "MIT License\n\nCopyright\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof this software to deal in it without restriction", "MIT"},
		{"BSD, three clauses", "Redistribution and use in source and binary forms, with or without …\nNeither the name of the copyright holder nor", "BSD-3-Clause"},
		{"BSD, two clauses", "Redistribution and use in source and binary forms, with or without …", "BSD-2-Clause"},
		{"ISC", "Permission to use, copy, modify, and distribute this software for any\npurpose with or without fee is hereby granted", "ISC"},
		{"Unlicense", "This is free and unencumbered software released into the public domain.", "Unlicense"},
		{"CC0", "Creative Commons Legal Code\n\nCC0 1.0 Universal", "CC0-1.0"},
		{"Python's, with others at its end", "A. HISTORY OF THE SOFTWARE " + strings.Repeat("and so on ", 400) + "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2 " + strings.Repeat("and so on ", 400) + "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee", "PSF-2.0"},
		{"another's, with a known one at its end", strings.Repeat("Our own terms. ", 300) + "Redistribution and use in source and binary forms", ""},
		{"a header", "SPDX-License-Identifier: EUPL-1.2\n", "EUPL-1.2"},
		{"none that is known", "All rights reserved.", ""},
	}
	for _, tt := range tests {
		if got := recognizeLicense(tt.text); got != tt.want {
			t.Errorf("%s: recognizeLicense = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSystemLicenses reads the licenses that Debian keeps whole.
func TestSystemLicenses(t *testing.T) {
	const folder = "/usr/share/common-licenses"
	want := map[string]string{
		"Apache-2.0": "Apache-2.0", "GPL-2": "GPL-2.0", "GPL-3": "GPL-3.0", "LGPL-2.1": "LGPL-2.1", "LGPL-3": "LGPL-3.0",
		"MPL-2.0": "MPL-2.0", "BSD": "BSD-3-Clause", "CC0-1.0": "CC0-1.0", "Artistic": "", "GFDL-1.3": "",
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skip("needs the license texts of a Debian system")
	}
	for name, id := range want {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			continue
		}
		if got := recognizeLicense(string(data)); got != id {
			t.Errorf("%s is taken for %q, want %q", name, got, id)
		}
	}
}

func TestSPDX(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a comment", "#!/usr/bin/python\n# SPDX-License-Identifier: MIT\n", "MIT"},
		{"an expression", "# SPDX-License-Identifier: (MIT OR Apache-2.0)  \r\n", "(MIT OR Apache-2.0)"},
		{"a block comment", "/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */", "GPL-2.0-only WITH Linux-syscall-note"},
		{"in code", "x = 'SPDX-License-Identifier: MIT'", ""},
		{"far down", strings.Repeat("#\n", 3000) + "# SPDX-License-Identifier: MIT\n", ""},
	}
	for _, tt := range tests {
		if got := spdxOf(tt.text); got != tt.want {
			t.Errorf("%s: spdxOf = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestLicenseFiles(t *testing.T) {
	for name, want := range map[string]bool{
		"LICENSE": true, "License.md": true, "LICENCE.txt": true, "COPYING": true, "COPYING.LESSER": true, "UNLICENSE": true,
		"licenses.py": false, "README": false, "NOTICE": false,
	} {
		if got := isLicenseFile(name); got != want {
			t.Errorf("isLicenseFile(%s) = %v, want %v", name, got, want)
		}
	}
}
