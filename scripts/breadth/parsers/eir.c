// SPDX-License-Identifier: MIT
// Data of a Bluetooth device: services, one of them, and fields that are longer than the data.
#include <net/bluetooth/bluetooth.h>
#include <net/bluetooth/hci_core.h>
#include "check.h"

u8 eir_append_service_data(u8 *eir, u16 eir_len, u16 uuid, u8 *data, u8 data_len);
void *eir_get_service_data(u8 *eir, size_t eir_len, u16 uuid, size_t *len);

static int __init check_eir(void)
{
	u8 *eir = kmalloc(13, GFP_KERNEL), *cut = BYTES(9, EIR_SERVICE_DATA, 0x34, 0x12);
	u8 *found, length;
	size_t size = 0;

	length = eir_append_service_data(eir, 0, 0x1111, (u8[]){ 1, 2 }, 2);
	length = eir_append_service_data(eir, length, 0x1234, (u8[]){ 7, 8, 9 }, 3);
	CHECK(length == 13);
	found = eir_get_service_data(eir, length, 0x1234, &size);
	CHECK(found && size == 3 && found[0] == 7 && found[2] == 9);
	CHECK(eir_get_service_data(eir, length, 0x4321, &size) == NULL);
	CHECK(eir_get_service_data(eir, 1, 0x1111, &size) == NULL);
	CHECK(eir_get_service_data(cut, 4, 0x1234, &size) == NULL);
	kfree(eir);
	kfree(cut);
	return 0;
}
CHECKS(check_eir);
