// Package interop proves that Express applications and Go programs share
// sessions, cookies and users: its packages run the real Node packages, of the
// versions in package-lock.json, beside ours. "npm ci --ignore-scripts" in this
// directory installs them, which "make test" does where it is needed.
package interop
