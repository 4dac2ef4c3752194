import type { Request, Response } from 'express';

export const go = (req: Request, res: Response) => res.redirect(301, String(req.query.url)); // expect: open-redirect
