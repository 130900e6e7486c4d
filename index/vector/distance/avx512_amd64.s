#include "textflag.h"

// PRODUCT adds the products of the floats in x and at y to sum. DISTANCE takes the squares of their differences from sum, and loses x.
#define PRODUCT(y, x, sum) \
	VFMADD231PS y, x, sum

#define DISTANCE(y, x, sum) \
	VSUBPS       y, x, x        \
	VFNMADD231PS x, x, sum

// MULTIPLY512 leaves in X0 what STEP makes of the BX floats at SI and at DI, and meanwhile fetches the same number of floats at R9.
// It moves SI, DI and R9 past what it read, and uses BX, DX, K1 and Z0 to Z7.
#define MULTIPLY512(STEP) \
	VPXORQ      Z0, Z0, Z0       \
	VPXORQ      Z1, Z1, Z1       \
	VPXORQ      Z2, Z2, Z2       \
	VPXORQ      Z3, Z3, Z3       \
	SUBQ        $64, BX          \
	JL          sixteens         \
	\
block: \
	PREFETCHT0  (R9)             \
	PREFETCHT0  64(R9)           \
	PREFETCHT0  128(R9)          \
	PREFETCHT0  192(R9)          \
	VMOVUPS     (SI), Z4         \
	VMOVUPS     64(SI), Z5       \
	VMOVUPS     128(SI), Z6      \
	VMOVUPS     192(SI), Z7      \
	STEP((DI), Z4, Z0)           \
	STEP(64(DI), Z5, Z1)         \
	STEP(128(DI), Z6, Z2)        \
	STEP(192(DI), Z7, Z3)        \
	ADDQ        $256, SI         \
	ADDQ        $256, DI         \
	ADDQ        $256, R9         \
	SUBQ        $64, BX          \
	JGE         block            \
	\
sixteens: \
	ADDQ        $48, BX          \
	JL          rest             \
	\
sixteen: \
	PREFETCHT0  (R9)             \
	VMOVUPS     (SI), Z4         \
	STEP((DI), Z4, Z0)           \
	ADDQ        $64, SI          \
	ADDQ        $64, DI          \
	ADDQ        $64, R9          \
	SUBQ        $16, BX          \
	JGE         sixteen          \
	\
rest: \
	ADDQ        $16, BX          \
	MOVL        $0xffff, DX      \
	BZHIL       BX, DX, DX       \
	KMOVW       DX, K1           \
	VMOVUPS.Z   (SI), K1, Z4     \
	VMOVUPS.Z   (DI), K1, Z5     \
	STEP(Z5, Z4, Z1)             \
	VADDPS      Z1, Z0, Z0       \
	VADDPS      Z3, Z2, Z2       \
	VADDPS      Z2, Z0, Z0       \
	VEXTRACTF64X4 $1, Z0, Y1     \
	VADDPS      Y1, Y0, Y0       \
	VEXTRACTF128 $1, Y0, X1      \
	VADDPS      X1, X0, X0       \
	VHADDPS     X0, X0, X0       \
	VHADDPS     X0, X0, X0

// ROW leaves in R9 the address of the row whose number is at R10: R8 has the directory of chunks (slice headers of 24 bytes),
// CX the shift, R11 the mask and R12 the bytes of a row. It uses AX and DX.
#define ROW \
	MOVL  (R10), AX           \
	MOVL  AX, DX              \
	ANDL  R11, DX             \
	SHRL  CX, AX              \
	LEAQ  (AX)(AX*2), AX      \
	MOVQ  (R8)(AX*8), R9      \
	IMULQ R12, DX             \
	ADDQ  DX, R9

// ROWS writes what STEP makes of the query and each row. At the label row R9 is the row to multiply; the next one, or for the last row
// itself, is fetched meanwhile.
#define ROWS(STEP) \
	MOVQ dim+8(FP), R12 \
	SHLQ $2, R12 \
	MOVQ chunks+16(FP), R8 \
	MOVQ shift+24(FP), CX \
	MOVQ ids+32(FP), R10 \
	MOVQ n+40(FP), R13 \
	MOVQ out+48(FP), R15 \
	MOVL $1, R11 \
	SHLL CX, R11 \
	DECL R11 \
	ROW \
	\
row: \
	MOVQ R9, DI \
	DECQ R13 \
	JZ   last \
	ADDQ $4, R10 \
	ROW \
	\
last: \
	MOVQ q+0(FP), SI \
	MOVQ dim+8(FP), BX \
	MOVQ R9, AX \
	MULTIPLY512(STEP) \
	MOVQ AX, R9 \
	VMOVSS X0, (R15) \
	ADDQ $4, R15 \
	TESTQ R13, R13 \
	JNZ  row \
	VZEROUPPER \
	RET

// func dotAVX512(a, b *float32, n int) float32
TEXT ·dotAVX512(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), BX
	MOVQ DI, R9
	MULTIPLY512(PRODUCT)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func l2AVX512(a, b *float32, n int) float32
TEXT ·l2AVX512(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), BX
	MOVQ DI, R9
	MULTIPLY512(DISTANCE)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func dotRowsAVX512(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)
TEXT ·dotRowsAVX512(SB), NOSPLIT, $0-56
	ROWS(PRODUCT)

// func l2RowsAVX512(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)
TEXT ·l2RowsAVX512(SB), NOSPLIT, $0-56
	ROWS(DISTANCE)
