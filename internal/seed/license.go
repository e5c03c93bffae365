package seed

import (
	"regexp"
	"strings"
)

// isLicenseFile reports whether a file is where a license is usually written.
func isLicenseFile(name string) bool {
	name = strings.ToUpper(name)
	for _, begin := range []string{"LICENSE", "LICENCE", "COPYING", "UNLICENSE"} {
		if strings.HasPrefix(name, begin) && !strings.HasSuffix(name, ".PY") {
			return true
		}
	}
	return false
}

// licenses are known by words that stand in them and in no other; of those that fit, the first counts.
var licenses = []struct {
	id    string
	words []string // all of them are there
}{
	{"PSF-2.0", []string{"python software foundation license version 2"}},
	{"Apache-2.0", []string{"apache license", "version 2.0"}},
	{"LGPL-2.1", []string{"gnu lesser general public license", "version 2.1"}},
	{"LGPL-3.0", []string{"gnu lesser general public license", "version 3"}},
	{"AGPL-3.0", []string{"gnu affero general public license", "version 3"}},
	{"GPL-3.0", []string{"gnu general public license", "version 3"}},
	{"GPL-2.0", []string{"gnu general public license", "version 2"}},
	{"MPL-2.0", []string{"mozilla public license", "version 2.0"}},
	{"MPL-2.0", []string{"mozilla public license", "v. 2.0"}},
	{"Unlicense", []string{"free and unencumbered software released into the public domain"}},
	{"CC0-1.0", []string{"creative commons", "cc0"}},
	{"CC0-1.0", []string{"creative commons", "waives all of his or her copyright"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "neither the name"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "may not be used to endorse or promote"}},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}},
	{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"}},
	{"ISC", []string{"permission to use, copy, modify, and distribute this software for any purpose with or without fee"}},
	{"MIT", []string{"permission is hereby granted, free of charge, to any person obtaining a copy", "without restriction"}},
}

// recognizeLicense returns the SPDX id of a license's text, or "".
//
// What stands near the beginning decides: the GNU licenses speak of each other further down, and files that begin with
// one license end with those of what was taken over.
func recognizeLicense(text string) string {
	words := strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, l := range licenses {
		in := words[:min(len(words), 2500)]
		if strings.Contains(l.words[0], "public license") || l.id == "Apache-2.0" {
			in = words[:min(len(words), 600)]
		} else if l.id == "PSF-2.0" {
			in = words // after a long history
		}
		found := true
		for _, w := range l.words {
			found = found && strings.Contains(in, w)
		}
		if found {
			return l.id
		}
	}
	return spdxOf(text)
}

// spdxHeader is the line in which a file says its license.
var spdxHeader = regexp.MustCompile(`(?m)^\W*SPDX-License-Identifier:[ \t]*([\w.+\-() ]+?)[ \t]*(?:\*/|-->)?[ \t]*\r?$`)

// spdxOf returns the license that a file states near its beginning, or "".
func spdxOf(text string) string {
	if m := spdxHeader.FindStringSubmatch(text[:min(len(text), 4096)]); m != nil {
		return m[1]
	}
	return ""
}
