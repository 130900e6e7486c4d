package neural

// vector is false: this processor uses the portable kernel.
const vector = false

// tile is never called here.
func tile(*float32, int, *float32, int, int, *float32, int, int) {}
