// Package onsql tests accounts in SQLite, PostgreSQL and MariaDB.
package onsql
