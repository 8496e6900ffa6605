// Package browsertest uses the program cmd/sojourn as people do: in a real
// browser, over HTTPS. It is a module of its own because nobody who uses the
// program needs what drives the browser.
package browsertest
