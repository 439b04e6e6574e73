/** The icon of the pages of a site, for their heads. */
export const ICON = `<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3' fill='%23b3261e'/%3E%3Cpath d='M4 3h2v4l4-4h2.6L8.4 7.2 13 13h-2.5L7 8.6l-1 1V13H4z' fill='%23fff'/%3E%3C/svg%3E">`;
