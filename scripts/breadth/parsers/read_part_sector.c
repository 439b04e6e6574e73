// SPDX-License-Identifier: MIT
/* A sector of a disk whose driver's data are its bytes, in a page of its own. The page cache would need a driver for the disk. */
void *read_part_sector(struct parsed_partitions *state, sector_t n, Sector *p)
{
	const u8 *bytes = state->disk->private_data;
	struct folio *folio;

	p->v = NULL;
	if (n >= get_capacity(state->disk)) {
		state->access_beyond_eod = true;
		return NULL;
	}
	folio = folio_alloc(GFP_KERNEL | __GFP_ZERO, 0);
	if (!folio)
		return NULL;
	memcpy(folio_address(folio), bytes + n * SECTOR_SIZE, SECTOR_SIZE);
	p->v = folio;
	return folio_address(folio);
}
