// Package redistest starts servers for tests: redis-server on free ports of the
// loopback interface, alone, with replicas, as a cluster or under a Sentinel. They
// keep nothing on disk, are ended with the test, and die with it.
//
// Where there is no redis-server a test is skipped, or fails if CI is set.
package redistest
