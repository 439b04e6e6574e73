// SPDX-License-Identifier: MIT
/* Numbers of any size, read from bytes and written back: lib/crypto/mpi/mpicoder.c. */
#include <linux/kfuzztest.h>
#include <linux/mpi.h>
#include <linux/slab.h>

FUZZ_TEST_SIMPLE(mpi)
{
	MPI number = mpi_read_raw_data(data, datalen);
	unsigned int bytes;
	int sign;

	if (!number)
		return 0;
	kfree(mpi_get_buffer(number, &bytes, &sign));
	mpi_free(number);
	return 0;
}
