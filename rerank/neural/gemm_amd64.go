package neural

import "golang.org/x/sys/cpu"

// vector tells whether the processor has what the kernel needs.
var vector = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// tile adds to the 4×16 elements at c the product of the 4×k elements at a and the k×16 elements at b. Strides are in elements.
//
//go:noescape
func tile(c *float32, rowC int, a *float32, rowA, columnA int, b *float32, rowB, k int)
