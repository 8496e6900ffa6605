package main

import (
	"fmt"
	"strings"

	"github.com/sojourn-dev/sojourn/store"
)

// protect puts in front of a store what keeps a look at it from being worth
// anything, as far as the flags ask for it.
func protect(s store.Store, c config) (store.Store, error) {
	if c.encryptKey != "" {
		keys, err := loadKeys(c.encryptKey)
		if err != nil {
			return nil, err
		}
		encrypt := store.Encrypt
		if c.acceptPlain {
			encrypt = store.EncryptAcceptPlain
		}
		if s, err = encrypt(s, keys...); err != nil {
			return nil, err
		}
	}
	if c.hashIDs {
		s = store.HashIDs(s)
	}
	return s, nil
}

// loadKeys reads a file with one key a line that nobody else can read.
func loadKeys(path string) ([]store.Key, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	keys, err := store.ParseKeys(strings.Join(strings.Fields(text), ","))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}
