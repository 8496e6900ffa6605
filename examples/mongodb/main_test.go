package main

import (
	_ "github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)
