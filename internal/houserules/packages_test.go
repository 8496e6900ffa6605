package houserules

import (
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/tree"
)

// notADoc matches a header that stands so close to the package clause that
// Go takes it for the documentation.
var notADoc = regexp.MustCompile(`(?i)^(copyright|licensed|spdx|use of this source|this source code)`)

// packageComments finds packages without a comment that begins as Go's tools
// expect. A program's may begin with anything but a licence header.
func packageComments(t *testing.T, tr *tree.Tree) (breaches []string) {
	for _, p := range packages(t, tr) {
		documented := false
		for _, name := range slices.Concat(p.Files, p.Tests) {
			file, err := parser.ParseFile(token.NewFileSet(), tr.Abs(name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			doc := file.Doc.Text()
			if p.Name == "main" {
				documented = documented || doc != "" && !notADoc.MatchString(doc)
			} else {
				documented = documented || strings.HasPrefix(doc, "Package "+file.Name.Name+" ")
			}
		}
		if !documented {
			breaches = append(breaches, p.Dir+": package "+p.Name+" has no package comment")
		}
	}
	return breaches
}

// nameless are names that say what a package is made of instead of what it
// provides.
var nameless = []string{"common", "helper", "helpers", "types", "util", "utils"}

func packageNames(t *testing.T, tr *tree.Tree) (breaches []string) {
	for _, p := range packages(t, tr) {
		if slices.Contains(nameless, p.Name) {
			breaches = append(breaches, p.Dir+": the name "+p.Name+" does not say what the package provides")
		}
	}
	return breaches
}

func packages(t *testing.T, tr *tree.Tree) []tree.Package {
	packages, err := tr.Packages()
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

var brokenPackages = []broken{
	{
		rule: "package comments",
		files: map[string]string{
			"bare/a.go":           "package bare\n",
			"far/a.go":            "// Package far is too far away.\n\npackage far\n",
			"header/a.go":         "// Copyright 2026 Somebody\npackage header\n",
			"program/a.go":        "// Copyright 2026 Somebody\npackage main\n",
			"strange/a.go":        "// This is package strange.\npackage strange\n",
			"tests/a_test.go":     "package tests_test\n",
			"good/a.go":           "package good\n",
			"good/doc.go":         "// Package good is good.\npackage good\n",
			"good/gen.go":         "//go:build ignore\n\npackage main\n",
			"good/testdata/a.go":  "package testdata\n",
			"goodmain/main.go":    "// Sojourn serves.\npackage main\n",
			"goodtests/a_test.go": "// Package goodtests_test tests.\npackage goodtests_test\n",
		},
		want: []string{
			"bare: package bare has no package comment",
			"far: package far has no package comment",
			"header: package header has no package comment",
			"program: package main has no package comment",
			"strange: package strange has no package comment",
			"tests: package tests has no package comment",
		},
	},
	{
		rule: "package names",
		files: map[string]string{
			"a/util/a.go":       "package util\n",
			"b/b.go":            "package helpers\n",
			"c/types_test.go":   "package types_test\n",
			"types/username.go": "package user\n",
		},
		want: []string{
			"a/util: the name util does not say what the package provides",
			"b: the name helpers does not say what the package provides",
			"c: the name types does not say what the package provides",
		},
	},
}
