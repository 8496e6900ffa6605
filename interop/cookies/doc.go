// Package cookies holds package cookie, and sessions that live in the client,
// against cookie-parser, Express and cookie-session: with thousands of cookies
// that its tests make up, and with an application of each side that share a
// browser.
package cookies
