#include "textflag.h"

// PRODUCT adds the products of the floats in x and at y to sum, PRODUCT1 that of one float. DISTANCE and DISTANCE1 take
// the squares of their differences from sum and lose x.
#define PRODUCT(y, x, sum) \
	VFMADD231PS y, x, sum

#define PRODUCT1(y, x, sum) \
	VFMADD231SS y, x, sum

#define DISTANCE(y, x, sum) \
	VSUBPS       y, x, x        \
	VFNMADD231PS x, x, sum

#define DISTANCE1(y, x, sum) \
	VSUBSS       y, x, x        \
	VFNMADD231SS x, x, sum

// MULTIPLY256 leaves in X0 what STEP makes of the BX floats at SI and at DI, and meanwhile fetches the same number of floats at R9.
// It moves SI, DI and R9 past what it read, and uses BX and Y0 to Y7.
#define MULTIPLY256(STEP, ONE) \
	VXORPS      Y0, Y0, Y0       \
	VXORPS      Y1, Y1, Y1       \
	VXORPS      Y2, Y2, Y2       \
	VXORPS      Y3, Y3, Y3       \
	SUBQ        $32, BX          \
	JL          eights           \
	\
block: \
	PREFETCHT0  (R9)             \
	PREFETCHT0  64(R9)           \
	VMOVUPS     (SI), Y4         \
	VMOVUPS     32(SI), Y5       \
	VMOVUPS     64(SI), Y6       \
	VMOVUPS     96(SI), Y7       \
	STEP((DI), Y4, Y0)           \
	STEP(32(DI), Y5, Y1)         \
	STEP(64(DI), Y6, Y2)         \
	STEP(96(DI), Y7, Y3)         \
	ADDQ        $128, SI         \
	ADDQ        $128, DI         \
	ADDQ        $128, R9         \
	SUBQ        $32, BX          \
	JGE         block            \
	\
eights: \
	ADDQ        $24, BX          \
	JL          reduce           \
	\
eight: \
	PREFETCHT0  (R9)             \
	VMOVUPS     (SI), Y4         \
	STEP((DI), Y4, Y0)           \
	ADDQ        $32, SI          \
	ADDQ        $32, DI          \
	ADDQ        $32, R9          \
	SUBQ        $8, BX           \
	JGE         eight            \
	\
reduce: \
	VADDPS      Y1, Y0, Y0       \
	VADDPS      Y3, Y2, Y2       \
	VADDPS      Y2, Y0, Y0       \
	VEXTRACTF128 $1, Y0, X1      \
	VADDPS      X1, X0, X0       \
	VHADDPS     X0, X0, X0       \
	VHADDPS     X0, X0, X0       \
	ADDQ        $8, BX           \
	JZ          done             \
	\
single: \
	VMOVSS      (SI), X4         \
	ONE((DI), X4, X0)            \
	ADDQ        $4, SI           \
	ADDQ        $4, DI           \
	DECQ        BX               \
	JNZ         single           \
	\
done: \

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
#define ROWS(STEP, ONE) \
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
	MULTIPLY256(STEP, ONE) \
	MOVQ AX, R9 \
	VMOVSS X0, (R15) \
	ADDQ $4, R15 \
	TESTQ R13, R13 \
	JNZ  row \
	VZEROUPPER \
	RET

// func dotAVX2(a, b *float32, n int) float32
TEXT ·dotAVX2(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), BX
	MOVQ DI, R9
	MULTIPLY256(PRODUCT, PRODUCT1)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func l2AVX2(a, b *float32, n int) float32
TEXT ·l2AVX2(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), BX
	MOVQ DI, R9
	MULTIPLY256(DISTANCE, DISTANCE1)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func dotRowsAVX2(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)
TEXT ·dotRowsAVX2(SB), NOSPLIT, $0-56
	ROWS(PRODUCT, PRODUCT1)

// func l2RowsAVX2(q *float32, dim int, chunks *[]float32, shift uint, ids *uint32, n int, out *float32)
TEXT ·l2RowsAVX2(SB), NOSPLIT, $0-56
	ROWS(DISTANCE, DISTANCE1)
